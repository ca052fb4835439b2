/** The managed policies of AWS for the roles that services act in: those that the CDK attaches. */

/** A statement of a policy, as AWS writes it. */
export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action?: string | string[];
  NotAction?: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** Actions of a service by their names. */
const of = (service: string, names: string): string[] => names.split(" ").map((name) => `${service}:${name}`);

const allow = (
  Action: string | string[],
  { Resource = "*", ...more }: Partial<Pick<Statement, "Sid" | "Resource" | "Condition">> = {},
): Statement => ({ ...more, Effect: "Allow", Action, Resource });

const equals = (key: string, value: string | string[]) => ({ StringEquals: { [key]: value } });

const PULL = of("ecr", "GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer BatchGetImage");
const VOLUME = "arn:aws:ec2:*:*:volume/*";
const BALANCER = "arn:aws:elasticloadbalancing:*:*";
const MANAGED_OPERATOR = "scaler.lambda.amazonaws.com";
const OF_TASK = "arn:aws:ecs:*:*:task/*";

/** Statements by what follows `arn:aws:iam::aws:policy/`. */
export const POLICIES_OF_ROLES: Readonly<Record<string, Statement[]>> = {
  AmazonEKSClusterPolicy: [
    allow(
      [
        ...of("autoscaling", "DescribeAutoScalingGroups UpdateAutoScalingGroup"),
        ...of(
          "ec2",
          "AttachVolume AuthorizeSecurityGroupIngress CreateRoute CreateSecurityGroup CreateTags CreateVolume",
        ),
        ...of("ec2", "DeleteRoute DeleteSecurityGroup DeleteVolume DescribeInstances DescribeRouteTables"),
        ...of(
          "ec2",
          "DescribeSecurityGroups DescribeSubnets DescribeVolumes DescribeVolumesModifications DescribeVpcs",
        ),
        ...of("ec2", "DescribeDhcpOptions DescribeNetworkInterfaces DescribeAvailabilityZones DetachVolume"),
        ...of("ec2", "ModifyInstanceAttribute ModifyVolume RevokeSecurityGroupIngress DescribeAccountAttributes"),
        ...of("ec2", "DescribeAddresses DescribeInternetGateways DescribeInstanceTopology"),
        ...of("elasticloadbalancing", "AddTags ApplySecurityGroupsToLoadBalancer AttachLoadBalancerToSubnets"),
        ...of("elasticloadbalancing", "ConfigureHealthCheck CreateListener CreateLoadBalancer CreateTargetGroup"),
        ...of("elasticloadbalancing", "CreateLoadBalancerListeners CreateLoadBalancerPolicy DeleteListener"),
        ...of("elasticloadbalancing", "DeleteLoadBalancer DeleteLoadBalancerListeners DeleteTargetGroup"),
        ...of("elasticloadbalancing", "DeregisterInstancesFromLoadBalancer DeregisterTargets DescribeListeners"),
        ...of("elasticloadbalancing", "DescribeLoadBalancerAttributes DescribeLoadBalancerPolicies"),
        ...of("elasticloadbalancing", "DescribeLoadBalancers DescribeTargetGroupAttributes DescribeTargetGroups"),
        ...of("elasticloadbalancing", "DescribeTargetHealth DetachLoadBalancerFromSubnets ModifyListener"),
        ...of("elasticloadbalancing", "ModifyLoadBalancerAttributes ModifyTargetGroup ModifyTargetGroupAttributes"),
        ...of("elasticloadbalancing", "RegisterInstancesWithLoadBalancer RegisterTargets"),
        ...of("elasticloadbalancing", "SetLoadBalancerPoliciesForBackendServer SetLoadBalancerPoliciesOfListener"),
        "kms:DescribeKey",
      ],
      { Sid: "AmazonEKSClusterPolicy" },
    ),
    allow("iam:CreateServiceLinkedRole", {
      Sid: "AmazonEKSClusterPolicySLRCreate",
      Condition: equals("iam:AWSServiceName", "elasticloadbalancing.amazonaws.com"),
    }),
    allow("ec2:DeleteNetworkInterface", {
      Sid: "AmazonEKSClusterPolicyENIDelete",
      Condition: equals("ec2:ResourceTag/eks:eni:owner", "amazon-vpc-cni"),
    }),
  ],
  AmazonEKSWorkerNodePolicy: [
    allow(
      [
        ...of(
          "ec2",
          "DescribeInstances DescribeInstanceTypes DescribeRouteTables DescribeSecurityGroups DescribeSubnets",
        ),
        ...of("ec2", "DescribeVolumes DescribeVolumesModifications DescribeVpcs"),
        "eks:DescribeCluster",
        "eks-auth:AssumeRoleForPodIdentity",
      ],
      { Sid: "WorkerNodePermissions" },
    ),
  ],
  AmazonEKS_CNI_Policy: [
    allow(
      [
        ...of("ec2", "AssignPrivateIpAddresses AttachNetworkInterface CreateNetworkInterface DeleteNetworkInterface"),
        ...of("ec2", "DescribeInstances DescribeTags DescribeNetworkInterfaces DescribeInstanceTypes DescribeSubnets"),
        ...of("ec2", "DescribeSecurityGroups DetachNetworkInterface ModifyNetworkInterfaceAttribute"),
        "ec2:UnassignPrivateIpAddresses",
      ],
      { Sid: "AmazonEKSCNIPolicy" },
    ),
    allow(["ec2:CreateTags"], { Sid: "AmazonEKSCNIPolicyENITag", Resource: ["arn:aws:ec2:*:*:network-interface/*"] }),
  ],
  AmazonEKSFargatePodExecutionRolePolicy: [allow(PULL)],
  AmazonEC2ContainerRegistryPullOnly: [
    allow(of("ecr", "GetAuthorizationToken BatchGetImage GetDownloadUrlForLayer BatchImportUpstreamImage")),
  ],
  AmazonElasticContainerRegistryPublicReadOnly: [
    allow([
      "ecr-public:GetAuthorizationToken",
      "sts:GetServiceBearerToken",
      ...of("ecr-public", "BatchCheckLayerAvailability GetRepositoryPolicy DescribeRepositories DescribeRegistries"),
      ...of("ecr-public", "DescribeImages DescribeImageTags GetRepositoryCatalogData GetRegistryCatalogData"),
    ]),
  ],
  AWSCodeDeployRoleForECS: [
    allow([
      ...of("ecs", "DescribeServices CreateTaskSet UpdateServicePrimaryTaskSet DeleteTaskSet"),
      ...of("elasticloadbalancing", "DescribeTargetGroups DescribeListeners ModifyListener DescribeRules ModifyRule"),
      "lambda:InvokeFunction",
      "cloudwatch:DescribeAlarms",
      "sns:Publish",
      ...of("s3", "GetObject GetObjectVersion"),
    ]),
    allow(["iam:PassRole"], { Condition: { StringLike: { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] } } }),
  ],
  AWSLambdaManagedEC2ResourceOperator: [
    allow(of("ec2", "RunInstances CreateTags AttachNetworkInterface"), {
      Resource: ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:network-interface/*", VOLUME],
      Condition: equals("ec2:ManagedResourceOperator", MANAGED_OPERATOR),
    }),
    allow([
      ...of("ec2", "DescribeAvailabilityZones DescribeCapacityReservations DescribeInstances DescribeInstanceStatus"),
      ...of("ec2", "DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeSecurityGroups DescribeSubnets"),
    ]),
    allow(of("ec2", "RunInstances CreateNetworkInterface"), {
      Resource: ["arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:security-group/*"],
    }),
    allow(["ec2:RunInstances"], { Resource: ["arn:aws:ec2:*:*:image/*"], Condition: equals("ec2:Owner", "amazon") }),
  ],
  AmazonECSInfrastructureRolePolicyForLoadBalancers: [
    allow(of("elasticloadbalancing", "DescribeListeners DescribeRules DescribeTargetGroups DescribeTargetHealth"), {
      Sid: "ELBReadOperations",
    }),
    allow(of("elasticloadbalancing", "RegisterTargets DeregisterTargets"), {
      Sid: "TargetGroupOperations",
      Resource: `${BALANCER}:targetgroup/*/*`,
    }),
    allow("elasticloadbalancing:ModifyListener", {
      Sid: "ALBModifyListeners",
      Resource: [`${BALANCER}:listener/app/*/*/*`],
    }),
    allow("elasticloadbalancing:ModifyListener", {
      Sid: "NLBModifyListeners",
      Resource: [`${BALANCER}:listener/net/*/*/*`],
    }),
    allow("elasticloadbalancing:ModifyRule", {
      Sid: "ALBModifyRules",
      Resource: [`${BALANCER}:listener-rule/app/*/*/*/*`],
    }),
  ],
  "service-role/AmazonECSInfrastructureRolePolicyForVolumes": [
    allow("ec2:CreateVolume", {
      Sid: "CreateEBSManagedVolume",
      Resource: VOLUME,
      Condition: {
        ArnLike: { "aws:RequestTag/AmazonECSCreated": OF_TASK },
        ...equals("aws:RequestTag/AmazonECSManaged", "true"),
      },
    }),
    allow("ec2:CreateVolume", { Sid: "CreateEBSManagedVolumeFromSnapshot", Resource: "arn:aws:ec2:*:*:snapshot/*" }),
    allow("ec2:CreateTags", {
      Sid: "TagOnCreateVolume",
      Resource: VOLUME,
      Condition: {
        ArnLike: { "aws:RequestTag/AmazonECSCreated": OF_TASK },
        StringEquals: { "ec2:CreateAction": "CreateVolume", "aws:RequestTag/AmazonECSManaged": "true" },
      },
    }),
    allow(of("ec2", "DescribeVolumes DescribeAvailabilityZones"), { Sid: "DescribeVolumesForLifecycle" }),
    allow(["ec2:DescribeInstances"], { Sid: "DescribeInstancesForAttachingVolume" }),
    allow(of("ec2", "AttachVolume DetachVolume"), {
      Sid: "ManageEBSVolumeLifecycle",
      Resource: VOLUME,
      Condition: equals("aws:ResourceTag/AmazonECSManaged", "true"),
    }),
    allow(of("ec2", "AttachVolume DetachVolume"), {
      Sid: "ManageVolumeAttachmentsForEC2",
      Resource: "arn:aws:ec2:*:*:instance/*",
    }),
    allow("ec2:DeleteVolume", {
      Sid: "DeleteEBSManagedVolume",
      Resource: VOLUME,
      Condition: {
        ArnLike: { "aws:ResourceTag/AmazonECSCreated": OF_TASK },
        ...equals("aws:ResourceTag/AmazonECSManaged", "true"),
      },
    }),
  ],
  "service-role/AmazonEC2ContainerServiceforEC2Role": [
    allow([
      "ec2:DescribeTags",
      ...of("ecs", "CreateCluster DeregisterContainerInstance DiscoverPollEndpoint Poll RegisterContainerInstance"),
      ...of("ecs", "StartTelemetrySession UpdateContainerInstancesState Submit*"),
      ...PULL,
      ...of("logs", "CreateLogStream PutLogEvents"),
    ]),
    allow("ecs:TagResource", { Condition: equals("ecs:CreateAction", ["CreateCluster", "RegisterContainerInstance"]) }),
    allow(["ecs:ListTagsForResource"], {
      Resource: ["arn:aws:ecs:*:*:task/*/*", "arn:aws:ecs:*:*:container-instance/*/*"],
    }),
  ],
  "service-role/AmazonElasticMapReduceforAutoScalingRole": [
    allow(["cloudwatch:DescribeAlarms", ...of("elasticmapreduce", "ListInstanceGroups ModifyInstanceGroups")]),
  ],
  "service-role/AmazonRDSDirectoryServiceAccess": [
    allow(of("ds", "DescribeDirectories AuthorizeApplication UnauthorizeApplication GetAuthorizedApplicationDetails")),
  ],
  "service-role/AmazonRDSEnhancedMonitoringRole": [
    allow(of("logs", "CreateLogGroup PutRetentionPolicy"), {
      Sid: "EnableCreationAndManagementOfRDSCloudwatchLogGroups",
      Resource: ["arn:aws:logs:*:*:log-group:RDS*"],
    }),
    allow(of("logs", "CreateLogStream PutLogEvents DescribeLogStreams GetLogEvents"), {
      Sid: "EnableCreationAndManagementOfRDSCloudwatchLogStreams",
      Resource: ["arn:aws:logs:*:*:log-group:RDS*:log-stream:*"],
    }),
  ],
  "service-role/AWSBatchServiceRole": [
    allow(
      [
        ...of("ec2", "DescribeAccountAttributes DescribeInstances DescribeInstanceStatus DescribeInstanceAttribute"),
        ...of("ec2", "DescribeSubnets DescribeSecurityGroups DescribeKeyPairs DescribeImages DescribeImageAttribute"),
        ...of("ec2", "DescribeSpotInstanceRequests DescribeSpotFleetInstances DescribeSpotFleetRequests"),
        ...of("ec2", "DescribeSpotPriceHistory DescribeSpotFleetRequestHistory DescribeVpcClassicLink"),
        ...of("ec2", "DescribeLaunchTemplateVersions CreateLaunchTemplate DeleteLaunchTemplate RequestSpotFleet"),
        ...of("ec2", "CancelSpotFleetRequests ModifySpotFleetRequest TerminateInstances RunInstances"),
        ...of("autoscaling", "DescribeAccountLimits DescribeAutoScalingGroups DescribeLaunchConfigurations"),
        ...of("autoscaling", "DescribeAutoScalingInstances DescribeScalingActivities CreateLaunchConfiguration"),
        ...of("autoscaling", "CreateAutoScalingGroup UpdateAutoScalingGroup SetDesiredCapacity"),
        ...of("autoscaling", "DeleteLaunchConfiguration DeleteAutoScalingGroup CreateOrUpdateTags SuspendProcesses"),
        ...of("autoscaling", "PutNotificationConfiguration TerminateInstanceInAutoScalingGroup"),
        ...of("ecs", "DescribeClusters DescribeContainerInstances DescribeTaskDefinition DescribeTasks"),
        ...of("ecs", "ListAccountSettings ListClusters ListContainerInstances ListTaskDefinitionFamilies"),
        ...of("ecs", "ListTaskDefinitions ListTasks CreateCluster DeleteCluster RegisterTaskDefinition"),
        ...of("ecs", "DeregisterTaskDefinition RunTask StartTask StopTask UpdateContainerAgent"),
        "ecs:DeregisterContainerInstance",
        ...of("logs", "CreateLogGroup CreateLogStream PutLogEvents DescribeLogGroups"),
        ...of("iam", "GetInstanceProfile GetRole"),
      ],
      { Sid: "AWSBatchPolicyStatement1" },
    ),
    allow("ecs:TagResource", { Sid: "AWSBatchPolicyStatement2", Resource: ["arn:aws:ecs:*:*:task/*_Batch_*"] }),
    allow("iam:PassRole", {
      Sid: "AWSBatchPolicyStatement3",
      Resource: ["*"],
      Condition: equals("iam:PassedToService", [
        "ec2.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "ecs-tasks.amazonaws.com",
      ]),
    }),
    allow("iam:CreateServiceLinkedRole", {
      Sid: "AWSBatchPolicyStatement4",
      Condition: equals("iam:AWSServiceName", [
        "spot.amazonaws.com",
        "spotfleet.amazonaws.com",
        "autoscaling.amazonaws.com",
        "ecs.amazonaws.com",
      ]),
    }),
    allow(["ec2:CreateTags"], {
      Sid: "AWSBatchPolicyStatement5",
      Resource: ["*"],
      Condition: equals("ec2:CreateAction", "RunInstances"),
    }),
  ],
  "service-role/AWSCodeDeployRole": [
    allow([
      ...of("autoscaling", "CompleteLifecycleAction DeleteLifecycleHook DescribeAutoScalingGroups"),
      ...of("autoscaling", "DescribeLifecycleHooks PutLifecycleHook RecordLifecycleActionHeartbeat"),
      ...of("autoscaling", "CreateAutoScalingGroup CreateOrUpdateTags UpdateAutoScalingGroup"),
      ...of("autoscaling", "EnableMetricsCollection DescribePolicies DescribeScheduledActions"),
      ...of("autoscaling", "DescribeNotificationConfigurations SuspendProcesses ResumeProcesses"),
      ...of("autoscaling", "AttachLoadBalancers AttachLoadBalancerTargetGroups PutScalingPolicy"),
      ...of("autoscaling", "PutScheduledUpdateGroupAction PutNotificationConfiguration PutWarmPool"),
      ...of("autoscaling", "DescribeScalingActivities DeleteAutoScalingGroup"),
      ...of("ec2", "DescribeInstances DescribeInstanceStatus TerminateInstances"),
      "tag:GetResources",
      "sns:Publish",
      ...of("cloudwatch", "DescribeAlarms PutMetricAlarm"),
      ...of("elasticloadbalancing", "DescribeLoadBalancerAttributes DescribeTargetGroupAttributes"),
      ...of("elasticloadbalancing", "DescribeLoadBalancers DescribeInstanceHealth"),
      ...of("elasticloadbalancing", "RegisterInstancesWithLoadBalancer DeregisterInstancesFromLoadBalancer"),
      ...of("elasticloadbalancing", "DescribeTargetGroups DescribeTargetHealth RegisterTargets DeregisterTargets"),
    ]),
  ],
  "service-role/AWSLambdaBasicDurableExecutionRolePolicy": [
    allow([
      ...of("logs", "CreateLogGroup CreateLogStream PutLogEvents"),
      ...of("lambda", "CheckpointDurableExecution GetDurableExecutionState"),
    ]),
  ],
};
